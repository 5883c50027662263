import { printable } from '../../core/printable.ts'
import type { Inspection } from '../../operations/inspect.ts'
import { certificateDump, requestDump } from '../../pki/text-dump.ts'

/** All that certificates and requests say, laid out as openssl does; of keys their kind. */
export function dumpText({ sources }: Inspection): string {
  return sources
    .flatMap(({ objects }) => objects)
    .map((object) => {
      if (object.kind === 'certificate') return lines(certificateDump(object.certificate.pem))
      if (object.kind === 'request') return lines(requestDump(object.request.csr.pem))
      if (object.kind === 'other') return lines(object.label)
      return `${object.kind === 'private-key' ? 'Private-Key' : 'Public-Key'}: ${object.keyType}\n`
    })
    .join('')
}

/** Names in a certificate are anybody's: only the line ends are ours. */
function lines(text: string): string {
  return text
    .split('\n')
    .map((line) => `${printable(line)}\n`)
    .join('')
}
