# expect: should-process 5
function Write-SecuDocRule {
    [CmdletBinding()]
    param()
    if ($PSCmdlet.ShouldProcess('rule', 'write')) { Write-Host 'x' }
}
Write-SecuDocRule
# repaired 3:     [CmdletBinding(SupportsShouldProcess)]
