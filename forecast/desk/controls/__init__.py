"""All that can be moved: what it is called, what it asks, and how its values are typed and said."""
