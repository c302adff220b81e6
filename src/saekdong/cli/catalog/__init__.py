"""`saekdong catalog` and its subcommands."""
