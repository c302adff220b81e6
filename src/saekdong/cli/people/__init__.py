"""`saekdong people` and its subcommands."""
