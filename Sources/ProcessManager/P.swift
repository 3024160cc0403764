import Subprocess
enum P {}
