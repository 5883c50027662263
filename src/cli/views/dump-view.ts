import { printable } from '../../core/printable.ts'
import type { Inspection } from '../../operations/inspect.ts'
import { certificateDump, requestDump } from '../../pki/text-dump.ts'

/** All that certificates and requests say, laid out as openssl does; of keys their kind. */
export function dumpText({ sources }: Inspection): string {
  return sources
    .flatMap(({ objects }) => objects)
    .map((object) => {
      if (object.kind === 'certificate') return `${certificateDump(object.certificate.pem)}\n`
      if (object.kind === 'request') return `${requestDump(object.request.csr.pem)}\n`
      if (object.kind === 'other') return `${printable(object.label)}\n`
      return `${object.kind === 'private-key' ? 'Private-Key' : 'Public-Key'}: ${object.keyType}\n`
    })
    .join('')
}
