import { describe, expect, it } from 'vitest';
import { cookiesFor } from './cookie.ts';
import { pageOfOurs } from './issuer-routes.ts';

describe('the page one is sent to after signing in', () => {
  it('is one of ours', () => {
    expect(pageOfOurs('/desk?queue=to-dispatch#x')).toBe('/desk?queue=to-dispatch#x');
    const others = [undefined, '', 'desk', '//evil.example', '/\\evil.example', 'https://evil'];
    for (const other of [...others, '/desk\r\nset-cookie: a', '/\tx', 'javascript:alert(1)']) {
      expect(pageOfOurs(other), String(other)).toBe('/');
    }
  });
});

describe('the cookies', () => {
  it('are bound to TLS and to the host where people come by TLS', () => {
    const { names, options } = cookiesFor('https://loop.example.gov.cn');
    expect(names.session).toBe('__Host-cityloop');
    expect(options).toEqual({ path: '/', httpOnly: true, sameSite: 'lax', secure: true });
    expect(cookiesFor('http://localhost:8080').names.session).toBe('cityloop');
  });
});
