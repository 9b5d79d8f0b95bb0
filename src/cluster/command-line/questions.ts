import type { TlsVersion } from '../../device/security.js';

/** Before the question comes a warning, whose text is not documented (section 3); that of 1.3 names authenticated mode. */
const MINIMUM_WARNINGS: Readonly<Record<TlsVersion, readonly string[]>> = {
  '1.0': [],
  '1.1': ['Warning: phones, gateways and applications that have TLS 1.0 only can no longer connect'],
  '1.2': ['Warning: phones, gateways and applications that have TLS 1.0 or 1.1 only can no longer connect'],
  '1.3': ['Warning: authenticated mode of phone and trunk profiles will not work'],
};

/** OP-28. */
export function minimumQuestion(version: TlsVersion): readonly string[] {
  return [...MINIMUM_WARNINGS[version], 'Do you want to continue (yes/no) ?'];
}

/** OP-29; the list of what is made anew is that of the security guide. */
export function fipsQuestion(enable: boolean): readonly string[] {
  return [
    ...(enable
      ? [
          'Security Warning: The operation will regenerate certificates for',
          'CallManager, Tomcat, IPsec, TVS, CAPF, SSH, ITLRecovery',
          'If the system is operating in mixed mode, the CTL file has to be updated afterwards.',
        ]
      : []),
    `This will change the system to ${enable ? 'FIPS' : 'NON-FIPS'} mode and will reboot.`,
    'Do you want to continue (yes/no) ?',
  ];
}
