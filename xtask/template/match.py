"""Says which texts match their patterns as a whole.

Standard input: a JSON list of pairs of a pattern and a text.
Standard output: a JSON list of booleans.
"""

import json
import re
import sys

pairs = json.load(sys.stdin)
json.dump([bool(re.fullmatch(pattern, text)) for pattern, text in pairs], sys.stdout)
