HAND_DERIVED = "test_heavy_ball.py compares 200 steps with torch.optim.SGD at Polyak's numbers"
