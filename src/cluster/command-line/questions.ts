import type { TlsVersion } from '../../device/security.js';

/** Section 3: with 1.3 a warning about authenticated mode comes before the question. */
export function minimumQuestion(version: TlsVersion): readonly string[] {
  return [
    ...(version === '1.3' ? ['Warning: authenticated mode of phone and trunk profiles will not work'] : []),
    'Do you want to continue (yes/no) ?',
  ];
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
