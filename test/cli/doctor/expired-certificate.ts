/** A certificate for localhost that expired in 2020, with its key: worthless outside these tests. */
export const expiredKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgA/m3r6TiBjOtuQx3
aNbVLYKSxYsEw5W9CrpCyodf8MahRANCAASozTGbwd8TUa8DptafQ4NYh2QjmU0z
NThG0f8wfs2SvwIPijuaDb2gxTIWLIEcfqCvt6271rNZkW5Qu6qXm/ZM
-----END PRIVATE KEY-----`;

export const expiredCertificate = `-----BEGIN CERTIFICATE-----
MIIBDzCBtgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwHhcN
MjAwMTAxMDAwMDAwWhcNMjAwMjAxMDAwMDAwWjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASozTGbwd8TUa8DptafQ4NYh2Qj
mU0zNThG0f8wfs2SvwIPijuaDb2gxTIWLIEcfqCvt6271rNZkW5Qu6qXm/ZMMAoG
CCqGSM49BAMCA0gAMEUCIQDGQxdrsFF6RkCMv34FN0cijxlSTioVD6PlRjpogs2T
MwIgHyBfsgbzlSnn5N6up9QznciLwDzt5FllDdk5L8XCxO4=
-----END CERTIFICATE-----`;
