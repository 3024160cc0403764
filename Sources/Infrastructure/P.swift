import Yams
import NIOSSL
import NIOPosix
import Logging
import Metrics
enum P {}
