// A device that makes codes for two-step sign-in (RFC 6238).
import { createHmac } from 'node:crypto';

export const base32 = (s) => {
    let bits = '';
    for (const c of s) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0');
    return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
};
// The code of a secret, `steps` from now.
export function code(secret, steps = 0) {
    const at = Buffer.alloc(8);
    at.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + steps));
    const mac = createHmac('sha1', base32(secret)).update(at).digest();
    return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000).padStart(6, '0');
}
