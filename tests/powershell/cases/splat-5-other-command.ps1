# expect: splat 15
$script:AllowedParameters = @{
    'New-TransportRule' = @('Name', 'Comments')
}
function Select-SecuDocParameter {
    [CmdletBinding()]
    param([string]$Command, [object]$From)
    return @{ Name = $script:AllowedParameters[$Command]; From = $From }
}
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$Rule)
    $rule_ = Select-SecuDocParameter -Command 'New-TransportRule' -From $Rule
    if ($PSCmdlet.ShouldProcess('rule', 'set')) {
        Set-TransportRule @rule_ -Identity 'x' -ErrorAction Stop
    }
}
Set-SecuDocRule -Rule @{}
# repaired 3:     'Set-TransportRule' = @('Name', 'Comments')
# repaired 13:     $rule_ = Select-SecuDocParameter -Command 'Set-TransportRule' -From $Rule
