import type { KeyObject } from 'node:crypto'
import type { Certificate } from './certificate.ts'
import type { SeenCsr } from './csr.ts'

/** What a file of this field can hold. A private key is told of by its public half alone. */
export type PkiObject =
  | { readonly kind: 'certificate'; readonly certificate: Certificate }
  | { readonly kind: 'request'; readonly request: SeenCsr }
  | {
      readonly kind: 'private-key'
      readonly keyType: string
      readonly publicKey: KeyObject
      readonly isEncrypted: boolean
    }
  | { readonly kind: 'public-key'; readonly keyType: string; readonly publicKey: KeyObject }
  /** What is in PEM and is none of these, such as a CRL; its label. */
  | { readonly kind: 'other'; readonly label: string }
