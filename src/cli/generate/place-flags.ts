import { isAbsolute, resolve } from 'node:path'
import { Flags } from '@oclif/core'
import { profileNamePattern } from '../../config/profile-schema.ts'
import { UsageError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'

/**
 * A path that is written down for later: relative to here, it would mean nothing there. systemd passes over one with
 * doubled slashes or dots.
 */
export const absolutePathFlag = Flags.custom({
  helpValue: 'PATH',
  parse: (text, _context, { name }) => {
    if (!isAbsolute(text)) {
      throw new UsageError(`--${name} ${text} is no absolute path`, { hint: 'begin it with a slash' })
    }
    if (printable(text) === text) return Promise.resolve(resolve(text))
    throw new UsageError(`--${name} ${text} holds a character that cannot be printed`, {
      hint: 'no file that is generated can hold it; name another path',
    })
  },
})

/** A user or group of the host that the file is for; whether it exists is seen there. */
export const accountFlag = Flags.custom({
  helpValue: 'NAME',
  parse: (text, _context, { name }) => {
    if (/^[A-Za-z0-9_][\w.-]*$/.test(text)) return Promise.resolve(text)
    throw new UsageError(`--${name} ${text} is no name of an account`, { hint: 'write it like certctl' })
  },
})

export const programFlag = absolutePathFlag({
  description: 'the certctl to run; by default this one, by the Node.js that runs it',
})

/** A profile by name only: it need not be saved here. */
export const profileNameFlag = Flags.custom({
  helpValue: 'NAME',
  parse: (text, _context, { name }) => {
    if (profileNamePattern.test(text)) return Promise.resolve(text)
    throw new UsageError(`--${name} ${text} is no name of a profile`, {
      hint: 'use letters, digits, dot, underscore and dash',
    })
  },
})
