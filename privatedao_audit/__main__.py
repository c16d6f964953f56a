"""``python -m privatedao_audit`` is the command line."""

from privatedao_audit.cli import main

if __name__ == "__main__":
    main()
