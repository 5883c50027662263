/** RFC 4519, section 2.3. */
export const commonNameOid = '2.5.4.3'

/** RFC 5280, section 4.2.1.6. */
export const subjectAltNameOid = '2.5.29.17'

/** PKCS#9, RFC 2985, section 5.4.2. */
export const extensionRequestOid = '1.2.840.113549.1.9.14'
