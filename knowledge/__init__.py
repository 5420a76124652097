"""What 木铎 knows: YAML files, their schema, the loader and the search over them."""
