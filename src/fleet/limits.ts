/** Most phones in one fleet, and so in one group: the index has six hex digits of the MAC. */
export const MAX_PHONES = 0xff_ffff;
