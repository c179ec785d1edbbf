"""The drawings of the demo shop; see ../demo-pictures.py."""
