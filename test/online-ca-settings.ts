/** How a CAPF is told of its online CA (OP-26). */
export const ONLINE_CA = {
  hostname: 'ca.voice.example',
  port: 443,
  template: 'CiscoRA',
  username: 'capf',
  password: 'secret',
};
