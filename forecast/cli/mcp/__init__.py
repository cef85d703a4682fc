"""The server that programs ask, by the Model Context Protocol."""
