/** Security mode of a device as the administrator set it (phone-config.md 5.1, `deviceSecurityMode` 1, 2, 3). */
export type DeviceSecurityMode = 'non-secure' | 'authenticated' | 'encrypted';

/**
 * A phone security profile: a device security mode, or encrypted with `Enable OAuth Authentication`, where a token stands for the
 * phone's certificate (SIP OAuth).
 */
export type SecurityProfile = DeviceSecurityMode | 'sip-oauth';

/** The device security mode of a profile. */
export function modeOfProfile(profile: SecurityProfile): DeviceSecurityMode {
  return profile === 'sip-oauth' ? 'encrypted' : profile;
}

export const DEVICE_SECURITY_CODES: Readonly<Record<DeviceSecurityMode, number>> = {
  'non-secure': 1,
  authenticated: 2,
  encrypted: 3,
};

/** Mode in which a phone is registered, in the words of labels (contracts.md 3). */
export type RegistrationMode = 'nonsecure' | 'authenticated' | 'encrypted';

export type SignallingProtocol = 'SCCP' | 'SIP';

export type TlsVersion = '1.0' | '1.1' | '1.2' | '1.3';

/** Oldest and newest version that an end of a connection has; what lies between it has, too. */
export interface TlsRange {
  readonly min: TlsVersion;
  readonly max: TlsVersion;
}
