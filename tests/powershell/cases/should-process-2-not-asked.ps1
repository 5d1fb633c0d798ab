# expect: should-process 5
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
    if ($PSCmdlet.ShouldProcess('rule', 'set')) { Write-Host 'x' }
}
Set-SecuDocRule
# repaired 5:     if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { return } ; Set-TransportRule -Identity 'x' -Comments 'y' -ErrorAction Stop
