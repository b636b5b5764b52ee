"""What pictures are drawn with: shapes, letters, colours, captions, and scenes made of them."""
