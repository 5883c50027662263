export const startTlsProtocols = ['smtp', 'imap', 'pop3', 'ldap', 'postgres', 'mysql'] as const

/** The protocols that begin in clear and can go on in TLS. */
export type StartTlsProtocol = (typeof startTlsProtocols)[number]
