"""Pictures of what a run found: frames in, PNG and SVG out, readable without colour."""
