# expect: unknown-parameter 8
function New-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $rule = @{
        Name             = 'SecuDoc Mail Integration'
        FromScope        = 'InOrganization'
        SentToScopes     = 'NotInOrganization'
        RuleErrorAction  = 'Defer'
    }
    if ($PSCmdlet.ShouldProcess('rule', 'create')) { New-TransportRule @rule -ErrorAction Stop }
}
New-SecuDocRule
# repaired 8:         SentToScope     = 'NotInOrganization'
