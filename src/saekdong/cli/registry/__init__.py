"""`saekdong registry` and its subcommands."""
