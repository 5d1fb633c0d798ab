# expect: wrong-value 5
function Set-SecuDocDomain {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if ($PSCmdlet.ShouldProcess('domain', 'set')) { Set-RemoteDomain -Identity 'Default' -TNEFEnabled 0 -ErrorAction Stop }
}
Set-SecuDocDomain
# repaired 5:     if ($PSCmdlet.ShouldProcess('domain', 'set')) { Set-RemoteDomain -Identity 'Default' -TNEFEnabled $false -ErrorAction Stop }
