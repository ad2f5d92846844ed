/**
 * A certificate for localhost and 127.0.0.1 that nobody trusts, for tests of TLS. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
 * -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`.
 */
export const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmzCCAUGgAwIBAgIUDWGSJdFitnNQRNoXW7Ul+Eh6GfwwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMzE4MjMxMFoYDzIxMjYxMDMw
MTgyMzEwWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR7bE+893avcyB5tuZevY3FPJEIB+Q5dmiTReCtQ71vcdBDgzwMEeGk
9LwKjULMbA3UKFYWaX4Nt11qNljbpQzYo28wbTAdBgNVHQ4EFgQURWYo+08OVe4P
NKRQRjBIN+opW1swHwYDVR0jBBgwFoAURWYo+08OVe4PNKRQRjBIN+opW1swDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDSAAwRQIhAPQFN+H+NS9lHA/9KnMxDPmoqY7p3wU+Y+6+WVJKJxfUAiBA
4BIkyzJ1UpvFNH/C4pmdmEAevjNC6gQhuI6vSucGtg==
-----END CERTIFICATE-----
`;

/** Its key, which protects nothing. */
export const PRIVATE_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgQVAuM4PcdggKyjnA
5RIwFWyNQB3Wf73DeQJkeT+IClehRANCAAR7bE+893avcyB5tuZevY3FPJEIB+Q5
dmiTReCtQ71vcdBDgzwMEeGk9LwKjULMbA3UKFYWaX4Nt11qNljbpQzY
-----END PRIVATE KEY-----
`;
