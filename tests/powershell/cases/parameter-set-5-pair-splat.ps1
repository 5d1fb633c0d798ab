# expect: parameter-set 6
function New-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $rule = @{ Name = 'x'; FromScope = 'InOrganization'
        SetHeaderValue = 'y' }
    if ($PSCmdlet.ShouldProcess('rule', 'create')) { New-TransportRule @rule -ErrorAction Stop }
}
New-SecuDocRule
# repaired 6:         SetHeaderValue = 'y'; SetHeaderName = 'X-SecuDoc' }
