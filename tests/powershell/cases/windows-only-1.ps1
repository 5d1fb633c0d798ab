# expect: windows-only 2
Resolve-DnsName -Name 'example.net' -Type MX
# repaired 2: if ($IsWindows) { Resolve-DnsName -Name 'example.net' -Type MX }
