const alphabet = "0123456789abcdefghjkmnpqrstvwxyz"

/** An id for an event: its millisecond in base 32, then 60 random bits; sorts by time. */
export const eventId = (now: number, random: { readonly nextDoubleUnsafe: () => number }): string => {
  let id = "evt-"
  for (let place = 8; place >= 0; place--) id += alphabet[Math.floor(now / 32 ** place) % 32]
  for (let letter = 0; letter < 12; letter++) id += alphabet[Math.floor(random.nextDoubleUnsafe() * 32)]
  return id
}
