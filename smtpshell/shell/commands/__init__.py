"""The shell's commands, one file a family; a file dropped in here adds its commands to prompt and program."""
