import { execFile, type ChildProcess } from 'node:child_process'
import { lookup as resolveInProcess, type LookupAddress, type LookupOptions } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { systemErrorCode } from '../core/errors.ts'

/**
 * A name look-up by the system's `getent`. Node looks names up on a thread that process.exit waits for, up to the
 * resolver's own patience of ten seconds and more; a child is killed. Where there is no `getent`, Node's own is used. The
 * child sees the variables that are given, and no others.
 */
export function stoppableLookup(variables: Readonly<Record<string, string | undefined>>): LookupFunction {
  return (hostname, options, callback) => {
    const child = execFile('getent', ['ahosts', '--', hostname], { env: { ...variables } }, (error, stdout) => {
      process.off('exit', kill)
      if (error && systemErrorCode(error) === 'ENOENT') return resolveInProcess(hostname, options, callback)
      answer(error ? [] : parseAnswer(stdout), hostname, options, callback)
    })
    const kill = (): void => void killAtOnce(child)
    process.once('exit', kill)
  }
}

function killAtOnce(child: ChildProcess): boolean {
  return child.kill('SIGKILL')
}

/** Lines such as `127.0.0.1  STREAM localhost`, one for each kind of socket, in the order of RFC 6724. */
export function parseAnswer(text: string): readonly LookupAddress[] {
  const addresses = text.split('\n').flatMap((line) => line.split(/\s+/)[0] ?? [])
  return [...new Set(addresses)].flatMap((address) => {
    const family = isIP(address)
    return family === 0 ? [] : [{ address, family }]
  })
}

function answer(
  found: readonly LookupAddress[],
  hostname: string,
  { family, all }: LookupOptions,
  callback: Parameters<LookupFunction>[2],
): void {
  const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : (family ?? 0)
  const fitting = found.filter((one) => wanted === 0 || one.family === wanted)
  const [first] = fitting
  if (!first) return callback(unknownHost(hostname), all === true ? [] : '')
  if (all === true) callback(null, [...fitting])
  else callback(null, first.address, first.family)
}

function unknownHost(hostname: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), {
    code: 'ENOTFOUND',
    syscall: 'getaddrinfo',
    hostname,
  })
}
