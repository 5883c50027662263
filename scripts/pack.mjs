import { basename } from 'node:path'
import { join } from './bundle.mjs'

/** By file, the sources that a run is likely to load together; what else is loaded by itself has a file of its own. */
const together = {
  main: /^unused:|^src\/files\/lock\.ts$/,
  certificates: /^src\/(?:commands\/issue|operations\/replace-certificate)\.ts$/,
  vault: /^src\/(?:http\/(?:fetch-client|sender)|connectors\/vault\/(?:vault-connector|pki\/vault-pki))\.ts$/,
  tokens: /^src\/(?:commands\/vault\/(?:login|keep-alive)|connectors\/vault\/(?:login|renewal)\/.*)\.ts$/,
  local: /^src\/(?:commands\/local|connectors\/local|pki)\/.*\.ts$/,
  metrics: /^src\/metrics\/.*\.ts$/,
}

/** A part of this size or more that only few commands share is a file of its own: the others would read it in vain. */
const ownFileBytes = 10_000

/**
 * Puts the hundred parts of the bundle into few files, since opening one costs as much as compiling 30 KB. A part runs
 * when it is first asked for, whatever else is in its file. Answers the files' texts by name.
 */
export async function pack(parts) {
  const places = Object.fromEntries(placed(parts))
  const files = new Map()
  for (const part of parts) files.set(places[part.name], [...(files.get(places[part.name]) ?? []), part])
  const texts = [...files].map(async ([file, inside]) => [file, fileText(file, await join(inside), places)])
  return new Map(await Promise.all(texts))
}

function placed(parts) {
  const users = usersOf(parts)
  const commands = parts.filter(isCommand).length
  return parts.map((part) => {
    if (part.entry !== undefined) return [part.name, fileOf(part)]
    const using = users.get(part.name)
    const files = new Set(using.map((user) => fileOf(user)))
    if (files.size === 1) return [part.name, [...files][0]]
    const isForMost = files.has('main.cjs') || using.filter(isCommand).length > commands / 2
    return [part.name, isForMost || part.code.length < ownFileBytes ? 'main.cjs' : fileOf(part)]
  })
}

function fileOf({ name, entry = '' }) {
  const shared = Object.keys(together).find((file) => together[file].test(entry))
  return `${shared ?? basename(name, '.js')}.cjs`
}

function isCommand({ entry }) {
  return entry?.startsWith('src/commands/') ?? false
}

/** By part, the parts loaded by themselves that load it at once. */
function usersOf(parts) {
  const byName = new Map(parts.map((part) => [part.name, part]))
  const users = new Map(parts.map(({ name }) => [name, []]))
  for (const entry of parts.filter((part) => part.entry !== undefined))
    for (const name of closure(entry.name, byName)) users.get(name).push(entry)
  return users
}

/** What loading a part loads at once. */
function closure(name, byName, found = new Set()) {
  if (found.has(name)) return found
  found.add(name)
  for (const { name: imported, isLazy } of byName.get(name).imports) if (!isLazy) closure(imported, byName, found)
  return found
}

/** A file is a function of `require` that answers its parts by name; `main.cjs` is the one that finds the others. */
function fileText(file, script, places) {
  // The parentheses make V8 compile it at once, in place of looking through it now and compiling it a moment later.
  const parts = `(function(require,exports,performance){${script}return exports})`
  if (file !== 'main.cjs') return `module.exports=${parts}\n`
  return `const files={'main.cjs':${parts}}
const places=${JSON.stringify(places)}
const opened={}
const loaded={}
const performance={now:()=>Number(process.hrtime.bigint())/1e6} // Node's own is a module to load
const open=(file)=>opened[file]??=(files[file]??require('./'+file))(requirePart,{},performance)
const load=(name)=>name in places?open(places[name])[name]():require(name)
const requirePart=Object.assign((name)=>loaded[name]??=load(name),require)
module.exports=requirePart('./main.js')
`
}
