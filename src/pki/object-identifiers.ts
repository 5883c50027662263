/** RFC 4519, section 2.3. */
export const commonNameOid = '2.5.4.3'

/** RFC 5280, section 4.2.1.6. */
export const subjectAltNameOid = '2.5.29.17'

/** PKCS#9, RFC 2985, section 5.4.2. */
export const extensionRequestOid = '1.2.840.113549.1.9.14'

/** RFC 5480, section 2.1.1. */
export const ecPublicKeyOid = '1.2.840.10045.2.1'

/** By the kind of key; RFC 5480, section 2.1.1.1. */
export const curveOids: Readonly<Record<string, string>> = {
  ec256: '1.2.840.10045.3.1.7',
  ec384: '1.3.132.0.34',
  ec521: '1.3.132.0.35',
}
