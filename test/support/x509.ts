import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { webcrypto } from 'node:crypto'

x509.cryptoProvider.set(webcrypto)

/** The X.509 library of the tests. It wants its polyfill loaded before it, so all take it from here. */
export { x509 }
