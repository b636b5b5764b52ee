"""Trajectories as animations: frames, captions, GIF, MP4 and WebP."""
