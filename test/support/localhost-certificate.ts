/**
 * A self-signed certificate for localhost and app.test, valid until 2120, with its key: worthless outside
 * these tests, which trust it for themselves alone.
 */
export const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgd2Pi6zIdeQGycP8S
InQLcPcuKwBebhiXmUKncHgTMwWhRANCAARQXb+CeBLVTanR61o7g0XISFpv8Tno
sEcQQzb7/7ysriV59Hx9jOfWYe+RBRJsho3ogFsUW0Vt4VePQvvOVHoz
-----END PRIVATE KEY-----`;

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFBdv4J4EtVNqdHr
WjuDRchIWm/xOeiwRxBDNvv/vKyuJXn0fH2M59Zh75EFEmyGjeiAWxRbRW3hV49C
+85UejOjajBoMA8GA1UdEwEB/wQFMAMBAf8wNgYDVR0RBC8wLYIJbG9jYWxob3N0
gghhcHAudGVzdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAdBgNVHQ4EFgQUM+hs
KGJsfElv40tryRi45Ct/7XswCgYIKoZIzj0EAwIDSAAwRQIgFPO3gYCwPhZoV5gz
p8HHbIo9hD+o8utF9S38Rp+6as0CIQDcHFk4QbFyfVvJqlzKjAJbyMpvNDCFPdvX
drA4qi8hqA==
-----END CERTIFICATE-----`;
