"""Imported first by the programs of this package, to leave out an import that takes as long as all others together.

jsonschema compiles a grammar of internationalised addresses (rfc3987-syntax), which no notebook's schema asks for.
Where that package is missing, it does without.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
