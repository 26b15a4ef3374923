// EDNS of a response: which options it gets, and the room they need, which has to be known before the first record is written. Hot.

import { checkCookie, FULL_COOKIE } from '../wire/cookie.ts'
import { Ede } from '../wire/ede.ts'
import { EdnsOption } from '../wire/message.ts'
import { addExtendedError, addNumberOption, addOption, optionSize, optSize, writeOpt } from '../wire/opt.ts'
import { type Query, Wants } from '../wire/query.ts'
import type { Context } from './context.ts'

/** Bytes to be kept free for the OPT record; an extended error takes what is left over. */
export function reserveOpt(ctx: Context, q: Query): number {
  const size = optSize(q)
  if (q.wants === 0) return size
  const { nsid } = ctx.bound.snapshot.options
  let more = 0
  if (q.wants & Wants.nsid && nsid.length > 0) more += optionSize(nsid.length)
  if (q.wants & Wants.cookie && ctx.jar.keys.length > 0) more += optionSize(FULL_COOKIE)
  if (q.wants & Wants.keepalive && !ctx.isUdp) more += optionSize(2)
  return size + more
}

/**
 * Looks at the cookie that the request may have brought. False where the client has to come again with the one it is given
 * (BADCOOKIE); a client that knows no cookies is let in, and so is every one over TCP, which proves its address as well.
 */
export function admitCookie(ctx: Context, q: Query): boolean {
  ctx.hasCookie = false
  if (!(q.wants & Wants.cookie) || ctx.jar.keys.length === 0) return true
  const { source, sourceAt, sourceFamily, nowSec } = ctx
  ctx.hasCookie = checkCookie(ctx.jar, q.cookie, q.cookieLength, source, sourceAt, sourceFamily, nowSec)
  return ctx.hasCookie || !ctx.isUdp || !ctx.bound.snapshot.options.requireCookie
}

/** The OPT record, in the room that `reserveOpt` kept. */
export function writeEdns(ctx: Context, q: Query): void {
  const { reply: r } = ctx
  const { options } = ctx.bound.snapshot
  const spare = r.limit - r.at
  writeOpt(r, q, options.udpSize, ctx.scope)
  if (q.wants !== 0) {
    if (q.wants & Wants.nsid && options.nsid.length > 0)
      addOption(r, EdnsOption.nsid, options.nsid, options.nsid.length)
    if (q.wants & Wants.cookie && ctx.jar.keys.length > 0) addOption(r, EdnsOption.cookie, ctx.jar.cookie, FULL_COOKIE)
    // Over UDP there is nothing to keep alive (RFC 7828 §3.2.1).
    if (q.wants & Wants.keepalive && !ctx.isUdp) addNumberOption(r, EdnsOption.tcpKeepalive, options.keepalive)
  }
  if (ctx.ede !== Ede.none) addExtendedError(r, ctx.ede, spare)
}
