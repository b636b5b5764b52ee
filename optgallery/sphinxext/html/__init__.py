"""What is done to the HTML that Sphinx and the theme write."""
