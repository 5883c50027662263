import { Flags } from '@oclif/core'
import { UsageError } from '../core/errors.ts'
import { parseListenAddress, type ListenAddress } from '../metrics/listen-address.ts'

export const listenAddressFlag = Flags.custom<ListenAddress>({
  helpValue: 'HOST:PORT',
  parse: (text, _context, { name }) => {
    const address = parseListenAddress(text)
    if (!address)
      throw new UsageError(`--${name} ${text} is no address to listen on`, {
        hint: 'write it like 127.0.0.1:9187, [::1]:9187 or 9187',
      })
    return Promise.resolve(address)
  },
})
