HAND_DERIVED = "no public package has its second phase right: see test_swats.py"
