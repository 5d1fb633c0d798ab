# expect: allowed-parameters 5
# expect: allowed-parameters 6
# expect: allowed-parameters 6
$script:AllowedParameters = @{
    'New-TransportRules' = @('Name')
    'Set-TransportRule'  = @('Name', 'name')
}
function Select-SecuDocParameter {
    [CmdletBinding()]
    param([string]$Command, [object]$From)
    return @{ Name = $script:AllowedParameters[$Command]; From = $From }
}
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$Rule)
    $set = Select-SecuDocParameter -Command 'Set-TransportRule' -From $Rule
    if ($PSCmdlet.ShouldProcess('rule', 'set')) { Set-TransportRule @set -Identity 'x' -ErrorAction Stop }
}
Set-SecuDocRule -Rule @{}
# repaired 5:     # nothing
# repaired 6:     'Set-TransportRule'  = @('Name', 'Comments')
