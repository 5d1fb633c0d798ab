if ($IsWindows) {
    Resolve-DnsName -Name 'example.net' -Type MX
}
