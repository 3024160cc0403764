// SHA-256 and the comparison of secrets, from the system's libcrypto.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
