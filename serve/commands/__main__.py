"""``python -m framelens.serve.commands`` is ``framelens``."""

from framelens.serve.commands import main

main()
